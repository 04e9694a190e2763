package aws_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// escape encodes a value for a form.
func escape(text string) string { return url.QueryEscape(text) }

// TestServices calls each service through the gateway and looks at what it has then.
func TestServices(t *testing.T) {
	m := needMoto(t)
	prepare(t, m)
	a := deploy(t, m)
	t.Run("SQS", func(t *testing.T) { testSQS(t, a) })
	t.Run("SNS", func(t *testing.T) { testSNS(t, a) })
	t.Run("DynamoDB", func(t *testing.T) { testDynamoDB(t, a) })
	t.Run("Kinesis", func(t *testing.T) { testKinesis(t, a) })
	t.Run("S3", func(t *testing.T) { testS3(t, a) })
	t.Run("S3 bytes", func(t *testing.T) { testS3Bytes(t, a) })
	t.Run("Step Functions", func(t *testing.T) { testStepFunctions(t, a) })
	t.Run("EventBridge", func(t *testing.T) { testEventBridge(t, a) })
	t.Run("SSM", func(t *testing.T) { testSSM(t, a) })
	t.Run("credentials", func(t *testing.T) { testCredentials(t, a) })
}

// prepare makes what the API's integrations name.
func prepare(t *testing.T, m *moto) {
	t.Helper()
	for _, queue := range []string{"orders", "topic", "bus"} {
		m.call(t, "sqs", "", "Action=CreateQueue&Version=2012-11-05&QueueName="+queue)
	}
	m.call(t, "sns", "", "Action=CreateTopic&Version=2010-03-31&Name=pets")
	m.call(t, "sns", "", "Action=Subscribe&Version=2010-03-31&Protocol=sqs&Attributes.entry.1.key=RawMessageDelivery&Attributes.entry.1.value=true"+
		"&TopicArn="+escape("arn:aws:sns:us-east-1:"+account+":pets")+"&Endpoint="+escape("arn:aws:sqs:us-east-1:"+account+":topic"))
	m.call(t, "dynamodb", "DynamoDB_20120810.CreateTable", `{"TableName": "pets", "BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}`)
	m.call(t, "kinesis", "Kinesis_20131202.CreateStream", `{"StreamName": "clicks", "ShardCount": 1}`)
	m.call(t, "states", "AWSStepFunctions.CreateStateMachine", fmt.Sprintf(`{"name": "adopt", "roleArn": "arn:aws:iam::%s:role/states",
		"definition": "{\"StartAt\": \"Done\", \"States\": {\"Done\": {\"Type\": \"Succeed\"}}}"}`, account))
	// The first call of SSM takes moto longer than an integration may take.
	m.call(t, "ssm", "AmazonSSM.PutParameter", `{"Name": "/pets/first", "Type": "String", "Value": "1"}`)
	m.call(t, "ssm", "AmazonSSM.GetParameter", `{"Name": "/pets/first"}`)
	m.call(t, "events", "AWSEvents.PutRule", `{"Name": "all", "EventPattern": "{\"source\": [\"pets\"]}"}`)
	m.call(t, "events", "AWSEvents.PutTargets", fmt.Sprintf(`{"Rule": "all", "Targets": [{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:%s:bus"}]}`, account))
}

// message receives one message of a queue through the API.
func message(t *testing.T, a *api, queue string) string {
	t.Helper()
	answer := a.json(t, "POST", "/sqs/receive", `{"queue": "`+queue+`"}`)
	messages, _ := answer["Messages"].([]any)
	if len(messages) != 1 {
		t.Fatalf("%s has %d messages, want 1: %v", queue, len(messages), answer)
	}
	body, _ := messages[0].(map[string]any)["Body"].(string)
	return body
}

func testSQS(t *testing.T, a *api) {
	const text = `{"id": 7, "name": "Rex & Co + ü"}`
	got := a.send(t, "POST", "/sqs/form", []byte(text), "Content-Type", "application/json")
	if got.status != 200 || !bytes.Contains(got.body, []byte("MessageId")) {
		t.Fatalf("query protocol: status %d: %s", got.status, got.body)
	}
	if body := message(t, a, "orders"); body != text {
		t.Errorf("query protocol: message %s, want %s", body, text)
	}
	if answer := a.json(t, "POST", "/sqs/json", text); answer["MessageId"] == nil {
		t.Errorf("JSON protocol: %v", answer)
	}
	if body := message(t, a, "orders"); body != text {
		t.Errorf("JSON protocol: message %s, want %s", body, text)
	}
	if got := a.send(t, "POST", "/sqs/nowhere", []byte("x")); got.status != 404 {
		t.Errorf("unknown queue: status %d: %s", got.status, got.body)
	}
}

func testSNS(t *testing.T, a *api) {
	a.moto.trustSignatures(t)
	got := a.send(t, "POST", "/sns/publish?subject=a%20b", []byte("a new pet, 100%"), "Content-Type", "text/plain")
	if got.status != 200 || !bytes.Contains(got.body, []byte("MessageId")) {
		t.Fatalf("status %d: %s", got.status, got.body)
	}
	if body := message(t, a, "topic"); body != "a new pet, 100%" {
		t.Errorf("message %q", body)
	}
}

func testDynamoDB(t *testing.T, a *api) {
	a.json(t, "POST", "/pets", `{"id": "7", "name": "Rex \"the dog\"", "age": 3}`)
	got := a.send(t, "GET", "/pets/7", nil)
	if want := `{"id": "7", "name": "Rex \"the dog\"", "age": 3}`; got.status != 200 || string(got.body) != want {
		t.Errorf("status %d: %s, want %s", got.status, got.body, want)
	}
	if got := a.send(t, "GET", "/pets/8", nil); got.status != 404 || string(got.body) != `{"error": "no such pet"}` {
		t.Errorf("missing item: status %d: %s", got.status, got.body)
	}
	if answer := a.json(t, "GET", "/pets", ""); answer["Count"] != 1.0 {
		t.Errorf("scan: %v", answer)
	}
	got = a.send(t, "GET", "/pets-nowhere", nil)
	if got.status != 400 || !bytes.Contains(got.body, []byte("ResourceNotFoundException")) {
		t.Errorf("unknown table: status %d: %s", got.status, got.body)
	}
}

func testKinesis(t *testing.T, a *api) {
	if answer := a.json(t, "POST", "/clicks", `{"data": "click 1 ü", "key": "k"}`); answer["SequenceNumber"] == nil {
		t.Fatalf("PutRecord: %v", answer)
	}
	if answer := a.json(t, "POST", "/clicks/many", `{"records": [{"data": "2", "key": "a"}, {"data": "3", "key": "b"}]}`); answer["FailedRecordCount"] != 0.0 {
		t.Fatalf("PutRecords: %v", answer)
	}
	iterator, _ := a.json(t, "GET", "/clicks/iterator", "")["ShardIterator"].(string)
	records, _ := a.json(t, "GET", "/clicks?iterator="+escape(iterator), "")["Records"].([]any)
	var got []string
	for _, record := range records {
		data, err := base64.StdEncoding.DecodeString(record.(map[string]any)["Data"].(string))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(data))
	}
	if want := "click 1 ü|2|3"; strings.Join(got, "|") != want {
		t.Errorf("records %q, want %q", got, want)
	}
}

func testS3(t *testing.T, a *api) {
	if got := a.send(t, "PUT", "/s3/photos", nil); got.status != 200 {
		t.Fatalf("create bucket: status %d: %s", got.status, got.body)
	}
	if got := a.send(t, "GET", "/s3/photos/none", nil); got.status != 404 || !bytes.Contains(got.body, []byte("NoSuchKey")) {
		t.Errorf("missing key: status %d: %s", got.status, got.body)
	}
	a.moto.trustSignatures(t)
	const key = "/s3/photos/a%20b/%C3%BC+c%2Bd.txt"
	if got := a.send(t, "PUT", key, []byte("hello"), "Content-Type", "text/plain"); got.status != 200 {
		t.Fatalf("put: status %d: %s", got.status, got.body)
	}
	got := a.send(t, "GET", key, nil)
	if got.status != 200 || string(got.body) != "hello" || got.header.Get("Content-Type") != "text/plain" {
		t.Errorf("get: status %d, %s: %s", got.status, got.header.Get("Content-Type"), got.body)
	}
	got = a.send(t, "GET", "/s3/photos?prefix=a%20b%2F", nil)
	if got.status != 200 || got.header.Get("Content-Type") != "application/xml" || !bytes.Contains(got.body, []byte("<KeyCount>1</KeyCount>")) || !bytes.Contains(got.body, []byte("<Key>a b/ü")) {
		t.Errorf("list: status %d, %s: %s", got.status, got.header.Get("Content-Type"), got.body)
	}
	if got := a.send(t, "DELETE", key, nil); got.status != 200 {
		t.Errorf("delete: status %d: %s", got.status, got.body)
	}
	if got := a.send(t, "GET", "/bucket", nil); got.status != 200 || !bytes.Contains(got.body, []byte("<KeyCount>0</KeyCount>")) {
		t.Errorf("bucket as a subdomain: status %d: %s", got.status, got.body)
	}
}

func testS3Bytes(t *testing.T, a *api) {
	every := make([]byte, 0, 1024)
	for i := range cap(every) {
		every = append(every, byte(i*7))
	}
	if got := a.send(t, "PUT", "/s3/photos/a.png", every, "Content-Type", "image/png"); got.status != 200 {
		t.Fatalf("put: status %d: %s", got.status, got.body)
	}
	if got := a.send(t, "GET", "/s3/photos/a.png", nil, "Accept", "image/png"); got.status != 200 || !bytes.Equal(got.body, every) {
		t.Errorf("get: status %d, %d bytes, want %d", got.status, len(got.body), len(every))
	}
	if got := a.send(t, "GET", "/s3/photos/a.png", nil, "Accept", "text/plain"); string(got.body) != base64.StdEncoding.EncodeToString(every) {
		t.Errorf("get as text: status %d: %.100s", got.status, got.body)
	}
}

func testStepFunctions(t *testing.T, a *api) {
	execution, _ := a.json(t, "POST", "/adoptions", `{"pet": "7", "note": "a \"b\""}`)["executionArn"].(string)
	if !strings.HasPrefix(execution, "arn:aws:states:us-east-1:"+account+":execution:adopt:") {
		t.Fatalf("execution %q", execution)
	}
	input, _ := a.json(t, "GET", "/adoptions?execution="+escape(execution), "")["input"].(string)
	var decoded map[string]string
	if err := json.Unmarshal([]byte(input), &decoded); err != nil || decoded["note"] != `a "b"` {
		t.Errorf("input %s: %v", input, err)
	}
}

func testEventBridge(t *testing.T, a *api) {
	for _, path := range []string{"/events/mapped", "/events/override"} {
		if answer := a.json(t, "POST", path, `{"pet": "7"}`); answer["FailedEntryCount"] != 0.0 {
			t.Fatalf("%s: %v", path, answer)
		}
		if body := message(t, a, "bus"); !strings.Contains(body, `"detail":{"pet":"7"}`) && !strings.Contains(body, `"detail": {"pet": "7"}`) {
			t.Errorf("%s: event %s", path, body)
		}
	}
}

func testSSM(t *testing.T, a *api) {
	a.json(t, "PUT", "/limit", `{"value": "5"}`)
	if got := a.send(t, "GET", "/limit", nil); got.status != 200 || string(got.body) != `{"limit": "5"}` {
		t.Errorf("status %d: %s", got.status, got.body)
	}
}

// testCredentials: the role of an integration is whose permissions count.
func testCredentials(t *testing.T, a *api) {
	if got := a.send(t, "GET", "/as/powerless", nil); got.status != 400 {
		t.Errorf("role that may do nothing: status %d: %s", got.status, got.body)
	}
	if got := a.send(t, "GET", "/as/caller", nil); got.status != 500 || string(got.body) != `{"message": "Internal server error"}` {
		t.Errorf("caller: status %d: %s", got.status, got.body)
	}
	a.moto.trustSignatures(t)
	if got := a.send(t, "GET", "/as/integration", nil); got.status != 200 || !bytes.Contains(got.body, []byte(":assumed-role/integration/")) {
		t.Errorf("role by stage variable: status %d: %s", got.status, got.body)
	}
	if got := a.send(t, "GET", "/as/gateway", nil); got.status != 200 || !bytes.Contains(got.body, []byte(":user/gateway")) {
		t.Errorf("without role: status %d: %s", got.status, got.body)
	}
}
