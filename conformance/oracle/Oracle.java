import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.PathNotFoundException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.minidev.json.JSONArray;
import net.minidev.json.JSONStyle;
import net.minidev.json.JSONValue;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.InvalidReferenceEventHandler;
import org.apache.velocity.context.Context;
import org.apache.velocity.context.InternalContextAdapterImpl;
import org.apache.velocity.exception.TemplateInitException;
import org.apache.velocity.runtime.RuntimeConstants;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.directive.StopCommand;
import org.apache.velocity.runtime.parser.ParseException;
import org.apache.velocity.runtime.parser.node.SimpleNode;
import org.apache.velocity.util.introspection.Info;

/**
 * Oracle answers mapping templates and JSONPath queries with Apache Velocity 1.7, Jayway
 * JsonPath 2.0.0, json-smart 2.2 and commons-lang 2.6, the way the differential test and the
 * speed comparison want it: what these libraries answer is what Sluice must answer.
 *
 * <pre>
 * Oracle templates            JSON lines in, JSON lines out (the protocol of "sluice template render --jsonl")
 * Oracle jsonpath             JSON lines in, JSON lines out (the protocol of "sluice jsonpath eval --jsonl")
 * Oracle bench DIR NAME...    nanoseconds per rendering of DIR/NAME.vtl with DIR/NAME.json, one JSON line each
 * </pre>
 */
public final class Oracle {
    private static final int MAX_FOREACH_ROUNDS = 1000;
    private static final long WARM_UP_NANOS = 6_000_000_000L;
    private static final long ROUND_NANOS = 1_000_000_000L;
    private static final int ROUNDS = 5;
    private static final JSONStyle COMPACT = JSONStyle.LT_COMPRESS;
    private static final ObjectMapper JACKSON = new ObjectMapper()
        .registerModule(new SimpleModule().addAbstractTypeMapping(List.class, (Class) JSONArray.class));
    private static final Configuration JSON_PATH = Configuration.defaultConfiguration();

    public static void main(String[] args) throws Exception {
        String mode = args.length == 0 ? "" : args[0];
        if (mode.equals("templates") || mode.equals("jsonpath")) {
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            Writer out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Map<String, Object> request = object(strict(line));
                Map<String, Object> answer = mode.equals("templates") ? template(request) : query(request);
                out.write(line(answer));
                out.write('\n');
                out.flush();
            }
        } else if (mode.equals("bench")) {
            for (int i = 2; i < args.length; i++) {
                bench(Path.of(args[1]), args[i]);
            }
        } else {
            System.err.println("usage: Oracle templates|jsonpath|bench DIR NAME...");
            System.exit(2);
        }
    }

    /** line prints an answer. An override that holds itself, or an entry of a map, can't be printed: then nothing is known of the case. */
    private static String line(Map<String, Object> answer) {
        try {
            return JSONValue.toJSONString(answer, JSONStyle.LT_COMPRESS);
        } catch (Error | RuntimeException e) {
            return JSONValue.toJSONString(Map.of("id", answer.get("id"), "unknown", true), JSONStyle.LT_COMPRESS);
        }
    }

    // ---- templates

    private static Map<String, Object> template(Map<String, Object> request) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", request.get("id"));
        RuntimeInstance engine = engine();
        SimpleNode tree;
        try {
            tree = parse(engine, (String) request.get("template"));
        } catch (ParseException | RuntimeException e) {
            answer.put("error", "parse");
            answer.put("message", String.valueOf(e.getMessage()));
            return answer;
        }
        try {
            Scope scope = new Scope(request);
            answer.put("output", render(engine, tree, scope));
            putOverride(answer, "requestOverride", scope.context);
            putOverride(answer, "responseOverride", scope.context);
        } catch (StackOverflowError | OutOfMemoryError | Exception e) {
            answer.put("error", "render");
            answer.put("message", String.valueOf(e.getMessage()));
        }
        return answer;
    }

    private static RuntimeInstance engine() {
        RuntimeInstance engine = new RuntimeInstance();
        engine.setProperty(RuntimeConstants.RUNTIME_LOG_LOGSYSTEM_CLASS, "org.apache.velocity.runtime.log.NullLogChute");
        engine.setProperty(RuntimeConstants.UBERSPECT_CLASSNAME, "org.apache.velocity.util.introspection.SecureUberspector");
        engine.setProperty("directive.foreach.maxloops", MAX_FOREACH_ROUNDS);
        engine.setProperty(RuntimeConstants.RESOURCE_LOADER, "string");
        engine.setProperty("string.resource.loader.class", "org.apache.velocity.runtime.resource.loader.StringResourceLoader");
        engine.setProperty(RuntimeConstants.VM_LIBRARY, "");
        engine.init();
        return engine;
    }

    private static SimpleNode parse(RuntimeInstance engine, String source) throws ParseException {
        SimpleNode tree = engine.parse(new StringReader(source), "template");
        InternalContextAdapterImpl context = new InternalContextAdapterImpl(new VelocityContext());
        context.pushCurrentTemplateName("template");
        try {
            tree.init(context, engine);
        } catch (TemplateInitException e) {
            throw new ParseException(e.getMessage());
        }
        return tree;
    }

    private static String render(RuntimeInstance engine, SimpleNode tree, Scope scope) throws Exception {
        VelocityContext variables = new VelocityContext();
        for (Map.Entry<String, Object> e : scope.variables.entrySet()) {
            variables.put(e.getKey(), e.getValue());
        }
        variables.put("input", scope.input);
        variables.put("util", new Util());
        variables.put("context", scope.context);
        variables.put("stageVariables", scope.stageVariables);
        EventCartridge cartridge = new EventCartridge();
        cartridge.addEventHandler(new UndefinedIsEmpty());
        cartridge.attachToContext(variables);
        InternalContextAdapterImpl context = new InternalContextAdapterImpl(variables);
        context.pushCurrentTemplateName("template");
        StringWriter out = new StringWriter();
        try {
            tree.render(context, out);
        } catch (StopCommand stop) {
            return out.toString(); // #stop ends the template with what it has written
        }
        return out.toString();
    }

    private static void putOverride(Map<String, Object> answer, String name, Map<String, Object> context) {
        Object override = context.get(name);
        if (!(override instanceof Map)) {
            return;
        }
        Map<String, Object> kept = new LinkedHashMap<>();
        for (Map.Entry<?, ?> e : ((Map<?, ?>) override).entrySet()) {
            if (!(e.getValue() instanceof Map) || !((Map<?, ?>) e.getValue()).isEmpty()) {
                kept.put(String.valueOf(e.getKey()), written(e.getValue()));
            }
        }
        if (!kept.isEmpty()) {
            answer.put(name, kept);
        }
    }

    /** written is a value as an answer shows it: what is no JSON by its text, where json-smart writes an empty object. */
    private static Object written(Object v) {
        if (v instanceof Map) {
            Map<Object, Object> members = new LinkedHashMap<>();
            ((Map<?, ?>) v).forEach((key, member) -> members.put(key, member instanceof Map ? member : written(member)));
            return members;
        }
        boolean json = v == null || v instanceof Iterable || v instanceof String || v instanceof Number
            || v instanceof Boolean || v.getClass().isArray();
        return json ? v : String.valueOf(v);
    }

    /** UndefinedIsEmpty makes every undefined reference the empty string, as the service has it. */
    public static final class UndefinedIsEmpty implements InvalidReferenceEventHandler {
        @Override
        public Object invalidGetMethod(Context c, String reference, Object object, String property, Info info) {
            return "";
        }

        @Override
        public boolean invalidSetMethod(Context c, String left, String right, Info info) {
            return false;
        }

        @Override
        public Object invalidMethod(Context c, String reference, Object object, String method, Info info) {
            return "";
        }
    }

    /** Scope is what one request shows to its template. */
    private static final class Scope {
        final Input input;
        final Map<String, Object> context;
        final Map<String, Object> stageVariables;
        final Map<String, Object> variables;

        Scope(Map<String, Object> request) {
            input = new Input((String) request.get("input"), object(request.get("params")));
            context = silent(object(request.get("context")));
            addOverride("requestOverride", "path", "header", "querystring");
            addOverride("responseOverride", "header");
            stageVariables = object(request.get("stageVariables"));
            variables = object(plain(request.get("vars")));
        }

        private void addOverride(String name, String... parts) {
            if (!context.containsKey(name)) {
                context.put(name, new Silent());
            }
            @SuppressWarnings("unchecked")
            Map<String, Object> override = (Map<String, Object>) context.get(name);
            for (String part : parts) {
                if (!override.containsKey(part)) {
                    override.put(part, new Silent());
                }
            }
        }
    }

    /** Silent is a HashMap that prints as nothing: $context and every object in it. */
    public static final class Silent extends HashMap<String, Object> {
        @Override
        public String toString() {
            return "";
        }
    }

    private static Map<String, Object> silent(Map<String, Object> m) {
        Map<String, Object> out = new Silent();
        for (Map.Entry<String, Object> e : m.entrySet()) {
            Object v = e.getValue();
            out.put(e.getKey(), v instanceof Map ? silent(object(v)) : v);
        }
        return out;
    }

    /** Input is $input. */
    public static final class Input {
        private final String body;
        private final Map<String, Object> params = new LinkedHashMap<>();
        private Object document;
        private boolean parsed;

        Input(String body, Map<String, Object> given) {
            this.body = body == null || body.isEmpty() ? "{}" : body;
            for (String location : new String[] {"path", "querystring", "header"}) {
                params.put(location, object(given.get(location)));
            }
        }

        public String getBody() {
            return body;
        }

        public Map<String, Object> params() {
            return params;
        }

        public Object params(String name) {
            for (Object location : params.values()) {
                Object value = object(location).get(name);
                if (value != null) {
                    return value;
                }
            }
            return "";
        }

        public Object path(String path) {
            try {
                return JsonPath.compile(path).read(document(), JSON_PATH);
            } catch (RuntimeException e) {
                return null;
            }
        }

        public String json(String path) {
            Object value = path(path);
            return value == null ? "\"\"" : JSONValue.toJSONString(value, COMPACT);
        }

        private Object document() {
            if (!parsed) {
                document = Oracle.document(body);
                parsed = true;
            }
            return document;
        }

        @Override
        public String toString() {
            return "";
        }
    }

    /** Util is $util. */
    public static final class Util {
        public String escapeJavaScript(String s) {
            return StringEscapeUtils.escapeJavaScript(s);
        }

        public Object parseJson(String s) {
            try {
                Object v = Oracle.document(s);
                return v instanceof Map || v instanceof List ? v : v instanceof String ? "" : v;
            } catch (RuntimeException e) {
                return "";
            }
        }

        public String urlEncode(String s) throws Exception {
            return URLEncoder.encode(s, "UTF-8");
        }

        public String urlDecode(String s) throws Exception {
            return URLDecoder.decode(s, "UTF-8");
        }

        public String base64Encode(String s) {
            return Base64.getEncoder().encodeToString(s.getBytes(StandardCharsets.UTF_8));
        }

        public String base64Decode(String s) {
            return new String(Base64.getDecoder().decode(s), StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return "";
        }
    }

    /**
     * document parses text as json-smart does, leniently. The packaged json-smart refuses documents of more than 400
     * objects and arrays, a fault of that package; long documents are parsed by Jackson to the same kinds of objects.
     */
    private static Object document(String text) {
        if (text.length() > 4000) {
            try {
                return strict(text);
            } catch (RuntimeException e) {
                // not strict JSON: what json-smart makes of it
            }
        }
        return JSON_PATH.jsonProvider().parse(text);
    }

    private static Object strict(String text) {
        try {
            return JACKSON.readValue(text, Object.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    // ---- JSONPath

    private static Map<String, Object> query(Map<String, Object> request) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("id", request.get("id"));
        JsonPath path;
        try {
            path = JsonPath.compile((String) request.get("selector"));
        } catch (RuntimeException e) {
            answer.put("error", "invalid-path");
            return answer;
        }
        try {
            Object result = path.read(document((String) request.get("document")), JSON_PATH);
            answer.put("result", JSONValue.toJSONString(result, COMPACT));
        } catch (PathNotFoundException e) {
            answer.put("error", "not-found");
        } catch (StackOverflowError | RuntimeException e) {
            answer.put("error", "failure");
        }
        return answer;
    }

    // ---- speed

    private static void bench(Path dir, String name) throws Exception {
        RuntimeInstance engine = engine();
        SimpleNode tree = parse(engine, Files.readString(dir.resolve(name + ".vtl")));
        byte[] request = Files.readAllBytes(dir.resolve(name + ".json"));
        Map<String, Object> fields = object(strict(new String(request, StandardCharsets.UTF_8)));
        for (long end = System.nanoTime() + WARM_UP_NANOS; System.nanoTime() < end; ) {
            renderBytes(engine, tree, fields);
        }
        List<Double> rounds = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            long count = 0;
            long start = System.nanoTime();
            while (System.nanoTime() - start < ROUND_NANOS) {
                renderBytes(engine, tree, fields);
                count++;
            }
            rounds.add((System.nanoTime() - start) / (double) count);
        }
        rounds.sort(null);
        byte[] sum = MessageDigest.getInstance("SHA-256").digest(renderBytes(engine, tree, fields));
        System.out.println("{\"name\":\"" + name + "\",\"nanosPerRender\":" + rounds.get(ROUNDS / 2)
            + ",\"sha256\":\"" + HexFormat.of().formatHex(sum) + "\"}");
    }

    private static byte[] renderBytes(RuntimeInstance engine, SimpleNode tree, Map<String, Object> fields) throws Exception {
        return render(engine, tree, new Scope(fields)).getBytes(StandardCharsets.UTF_8);
    }

    // ---- values

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object v) {
        return v instanceof Map ? (Map<String, Object>) v : new LinkedHashMap<>();
    }

    /** plain turns JSON arrays into ArrayLists, which print as Java lists do. */
    private static Object plain(Object v) {
        if (v instanceof Map) {
            Map<String, Object> out = new LinkedHashMap<>();
            for (Map.Entry<String, Object> e : object(v).entrySet()) {
                out.put(e.getKey(), plain(e.getValue()));
            }
            return out;
        }
        if (v instanceof List) {
            List<Object> out = new ArrayList<>();
            for (Object e : (List<?>) v) {
                out.add(plain(e));
            }
            return out;
        }
        return v;
    }
}
