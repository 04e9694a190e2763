/*
 * Client of one stage of a REST API, generated from its deployment. See README.md.
 *
 * In a page: <script src="apigClient.js"></script>, then apigClientFactory.newClient().
 * In Node 18 or newer: const apigClientFactory = require('./apigClient.js').
 */
(function (root, factory) {
  'use strict';
  if (typeof module === 'object' && module.exports) {
    module.exports = factory();
  } else {
    root.apigClientFactory = factory();
  }
})(typeof self !== 'undefined' ? self : this, function () {
  'use strict';

  // What was deployed: where it is, and its methods with their parameters.
  const api = null;

  const encoder = new TextEncoder();

  // ---- SHA-256 (FIPS 180-4) and HMAC (RFC 2104). The browser's own are for secure pages only. ----

  // The constants are the first 32 bits of the fractional parts of roots of primes.
  const constants = (function () {
    const roundConstants = [];
    const initial = [];
    const fraction = (x) => ((x - Math.floor(x)) * 0x100000000) >>> 0;
    for (let n = 2; roundConstants.length < 64; n++) {
      let prime = true;
      for (let d = 2; d * d <= n; d++) {
        if (n % d === 0) prime = false;
      }
      if (!prime) continue;
      if (initial.length < 8) initial.push(fraction(Math.sqrt(n)));
      roundConstants.push(fraction(Math.cbrt(n)));
    }
    return { roundConstants, initial };
  })();

  function sha256(bytes) {
    const blocks = Math.ceil((bytes.length + 9) / 64);
    const padded = new Uint8Array(blocks * 64);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000));
    view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
    const rotate = (x, n) => (x >>> n) | (x << (32 - n));
    const hash = constants.initial.slice();
    const w = new Int32Array(64);
    for (let block = 0; block < blocks; block++) {
      for (let i = 0; i < 16; i++) w[i] = view.getInt32(block * 64 + i * 4);
      for (let i = 16; i < 64; i++) {
        const s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >>> 3);
        const s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >>> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
      }
      let [a, b, c, d, e, f, g, h] = hash;
      for (let i = 0; i < 64; i++) {
        const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants.roundConstants[i] + w[i]) | 0;
        const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + t2) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((x, i) => {
        hash[i] = (hash[i] + x) | 0;
      });
    }
    const out = new DataView(new ArrayBuffer(32));
    hash.forEach((x, i) => out.setInt32(i * 4, x));
    return new Uint8Array(out.buffer);
  }

  function concat(a, b) {
    const both = new Uint8Array(a.length + b.length);
    both.set(a);
    both.set(b, a.length);
    return both;
  }

  function hmac(key, text) {
    const block = new Uint8Array(64);
    block.set(key.length > 64 ? sha256(key) : key);
    const inner = sha256(concat(block.map((x) => x ^ 0x36), encoder.encode(text)));
    return sha256(concat(block.map((x) => x ^ 0x5c), inner));
  }

  function hex(bytes) {
    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  }

  // ---- Requests ----

  // encode leaves only what RFC 3986 calls unreserved.
  function encode(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
  }

  function present(value) {
    return value !== undefined && value !== null;
  }

  // query returns the query string of a map whose values may be lists.
  function query(parameters) {
    const pairs = [];
    Object.keys(parameters).forEach((name) => {
      [].concat(parameters[name]).forEach((value) => {
        if (present(value)) pairs.push(encode(name) + '=' + encode(String(value)));
      });
    });
    return pairs.join('&');
  }

  // canonicalQuery sorts the pairs of a query string by name, then value.
  function canonicalQuery(text) {
    const pairs = text.split('&').filter(Boolean).map((pair) => pair.split('='));
    pairs.sort((a, b) => {
      const i = a[0] === b[0] ? 1 : 0;
      return a[i] < b[i] ? -1 : a[i] > b[i] ? 1 : 0;
    });
    return pairs.map((pair) => pair.join('=')).join('&');
  }

  // sign adds the headers of Signature Version 4 to a request. What browsers do not let scripts set is signed as they set it.
  function sign(request, config) {
    const now = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
    const scope = [now.slice(0, 8), config.region, config.serviceName, 'aws4_request'].join('/');
    request.headers['x-amz-date'] = now;
    if (config.sessionToken) request.headers['x-amz-security-token'] = config.sessionToken;
    const url = new URL(request.url);
    const headers = { host: url.host };
    Object.keys(request.headers).forEach((name) => {
      headers[name.toLowerCase()] = String(request.headers[name]).trim().replace(/ +/g, ' ');
    });
    const names = Object.keys(headers).sort();
    const canonical = [
      request.verb,
      url.pathname.split('/').map(encode).join('/'),
      canonicalQuery(url.search.slice(1)),
      names.map((name) => name + ':' + headers[name] + '\n').join(''),
      names.join(';'),
      hex(sha256(request.bytes)),
    ].join('\n');
    const text = ['AWS4-HMAC-SHA256', now, scope, hex(sha256(encoder.encode(canonical)))].join('\n');
    const key = scope.split('/').reduce(hmac, encoder.encode('AWS4' + config.secretKey));
    request.headers.Authorization =
      'AWS4-HMAC-SHA256 Credential=' + config.accessKey + '/' + scope + ', SignedHeaders=' + names.join(';') + ', Signature=' + hex(hmac(key, text));
  }

  // has reports whether a header is there, in any case of its name.
  function has(headers, name) {
    return Object.keys(headers).some((other) => other.toLowerCase() === name.toLowerCase());
  }

  // pathOf fills the parameters into the path of a method. Those that are greedy keep their slashes.
  function pathOf(method, params) {
    return method.path.replace(/\{([^}+]+)(\+?)\}/g, (_, name, greedy) => {
      const value = String(present(params[name]) ? params[name] : params[name + '+']);
      return greedy ? value.split('/').map(encode).join('/') : encode(value);
    });
  }

  // pick returns the parameters with one of the names.
  function pick(params, names) {
    const found = {};
    names.forEach((name) => {
      if (present(params[name])) found[name] = params[name];
    });
    return found;
  }

  // bytesOf returns a body as bytes: text and bytes as they are, everything else as JSON.
  function bytesOf(body) {
    if (!present(body) || body === '') return new Uint8Array(0);
    if (body instanceof Uint8Array) return body;
    if (body instanceof ArrayBuffer) return new Uint8Array(body);
    return encoder.encode(typeof body === 'string' ? body : JSON.stringify(body));
  }

  function requestOf(method, config, params, body, additional) {
    const missing = method.required.filter((name) => !present(params[name]) && !present(params[name + '+']));
    if (missing.length > 0) {
      throw new Error(method.name + ': missing required parameters: ' + missing.join(', '));
    }
    const parameters = query(Object.assign({}, pick(params, method.query), additional.queryParams));
    const headers = Object.assign({}, pick(params, method.header), additional.headers);
    const hasBody = method.verb !== 'GET' && method.verb !== 'HEAD';
    const request = {
      verb: method.verb,
      url: config.invokeUrl.replace(/\/$/, '') + pathOf(method, params) + (parameters ? '?' + parameters : ''),
      headers,
      bytes: hasBody ? bytesOf(body) : new Uint8Array(0),
    };
    if (!has(headers, 'Accept')) headers.Accept = config.defaultAcceptType;
    if (request.bytes.length > 0 && !has(headers, 'Content-Type')) headers['Content-Type'] = config.defaultContentType;
    if (config.apiKey && !has(headers, 'x-api-key')) headers['x-api-key'] = config.apiKey;
    if (config.accessKey && config.secretKey) sign(request, config);
    return request;
  }

  // resultOf returns what a call resolves to. A body that is JSON is its value, any other its text.
  function resultOf(response, text, request) {
    const headers = {};
    response.headers.forEach((value, name) => {
      headers[name] = value;
    });
    let data = text;
    try {
      data = JSON.parse(text);
    } catch (e) {
      // it is text
    }
    return { data, status: response.status, statusText: response.statusText, headers, config: { method: request.verb.toLowerCase(), url: request.url } };
  }

  function call(method, config, params, body, additional) {
    let request;
    try {
      request = requestOf(method, config, params || {}, body, additional || {});
    } catch (e) {
      return Promise.reject(e);
    }
    const options = { method: request.verb, headers: request.headers };
    if (request.bytes.length > 0) options.body = request.bytes;
    return fetch(request.url, options).then((response) =>
      response.text().then((text) => {
        const result = resultOf(response, text, request);
        if (response.ok) return result;
        const error = new Error('Request failed with status code ' + response.status);
        error.response = result;
        error.status = result.status;
        error.data = result.data;
        throw error;
      })
    );
  }

  // ---- The factory ----

  const apigClientFactory = {};

  /*
   * newClient returns a client. All members of config are optional: accessKey, secretKey and sessionToken sign requests
   * for methods with AWS_IAM, in region; apiKey is sent as x-api-key; invokeUrl is another place of the stage than
   * the one it was generated for; defaultContentType and defaultAcceptType are application/json.
   */
  apigClientFactory.newClient = function (config) {
    const defaults = {
      accessKey: '',
      secretKey: '',
      sessionToken: '',
      region: api.region,
      apiKey: undefined,
      defaultContentType: 'application/json',
      defaultAcceptType: 'application/json',
      invokeUrl: api.invokeUrl,
      serviceName: 'execute-api',
    };
    const given = config || {};
    const settings = Object.assign({}, defaults);
    Object.keys(defaults).forEach((name) => {
      if (present(given[name]) && given[name] !== '') settings[name] = given[name];
    });
    const client = {};
    api.methods.forEach((method) => {
      client[method.name] = (params, body, additionalParams) => call(method, settings, params, body, additionalParams);
    });
    return client;
  };

  apigClientFactory.apigClientFactory = apigClientFactory;
  return apigClientFactory;
});
