// Calls every method of the client and prints what became of each as a line of JSON.
// usage: node calls.js DIRECTORY SIGNED_URL API_KEY PRINCIPAL, the last as JSON of newClient's configuration
const [, , directory, signedURL, apiKey, principal] = process.argv;
const apigClientFactory = require(directory);

const client = apigClientFactory.newClient({ apiKey: 'the-key' });
const caller = apigClientFactory.newClient({ ...JSON.parse(principal), apiKey });
const elsewhere = apigClientFactory.newClient({
  accessKey: 'AKIDEXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'the/token==', region: 'eu-west-1', invokeUrl: signedURL,
});

const calls = {
  root: () => client.rootGet(),
  'operation name': () => client.listPets({ type: 'a b&c', 'X-Trace': 't1', unknown: 'x' }),
  'required parameter': () => client.listPets({ type: 'a' }),
  create: () => client.petsPost({}, { name: 'Rex', tags: ['é'] }, { headers: { 'X-More': 'm' }, queryParams: { list: ['1', '2'], 'odd name': '~' } }),
  text: () => client.petsPost({}, 'no JSON', { headers: { 'content-type': 'text/plain' } }),
  path: () => client.petsPetIdGet({ petId: "a/b ü'*" }),
  'path missing': () => client.petsPetIdGet(),
  greedy: () => client.filesProxyGet({ proxy: 'a/b c' }),
  'any verb': () => client.filesProxyPatch({ proxy: 'x' }, { a: 1 }),
  'API key': () => caller.keyedGet(),
  'wrong API key': () => client.keyedGet(),
  IAM: () => caller.closedItemPost({ item: 'a b/c' }, { name: 'é' }, { queryParams: { q: '1 2' } }),
  'IAM unsigned': () => client.closedItemPost({ item: '1' }, {}),
  refused: () => client.missingGet(),
  signed: () => elsewhere.petsPost({}, { name: 'Rex' }, { queryParams: { b: '2', 'a-b': 'x y', a: ['2', '1'] } }),
  'signed path': () => elsewhere.filesProxyGet({ proxy: 'a b/c' }),
};

(async () => {
  console.log(JSON.stringify({ name: 'methods', data: Object.keys(client).sort() }));
  for (const [name, call] of Object.entries(calls)) {
    let line;
    try {
      const r = await call();
      line = { name, status: r.status, data: r.data, type: r.headers['content-type'] };
    } catch (e) {
      line = { name, error: e.message, status: e.status, data: e.data };
    }
    console.log(JSON.stringify(line));
  }
})();
