package control

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"
)

func TestClientCertificates(t *testing.T) {
	s := newTestServer(t)
	const missing = "404 NotFoundException: Invalid client certificate identifier specified"
	made := s.must(`POST /clientcertificates {"description":"d","tags":{"a":"b"}}`)
	id := made["clientCertificateId"].(string)
	api, root := s.api()
	s.must("PUT /restapis/" + api + "/resources/" + root + `/methods/GET {"authorizationType":"NONE"}`)
	s.must("PUT /restapis/" + api + "/resources/" + root + `/methods/GET/integration {"type":"MOCK"}`)
	s.must("POST /restapis/" + api + `/deployments {"stageName":"prod"}`)
	vars := map[string]string{"c": "/clientcertificates/" + id, "id": id, "stage": "/restapis/" + api + "/stages/prod", "api": api,
		"tags": "/tags/arn:aws:apigateway:eu-west-1::/clientcertificates/" + id}
	if made["createdDate"] == nil || made["tags"].(map[string]any)["a"] != "b" || made["description"] != "d" {
		t.Errorf("got %v, want date, tags and description", made)
	}
	s.run(vars, []exchange{
		{"GET /clientcertificates/nothing", missing},
		{"PATCH /clientcertificates/nothing {}", missing},
		{"DELETE /clientcertificates/nothing", missing},
		{patchOf("{c}", "remove /description"), "400 BadRequestException: Invalid patch path  '/description' specified for op 'remove'. Please choose supported operations"},
		{patchOf("{stage}", "replace /clientCertificateId nothing"), missing},
		{patchOf("{stage}", "replace /clientCertificateId "+id), "200 {..."},
		{"DELETE {c}", "400 BadRequestException: Cannot delete client certificate '{id}', is referenced in stage: {api}/prod"},
		{patchOf("{stage}", "replace /clientCertificateId"), "200 {..."},
		{`PUT {tags} {"tags":{"k":"v"}}`, "204 null"},
		{"DELETE {tags}?tagKeys=a", "204 null"},
		{"GET {tags}", `200 {"tags":{"k":"v"}}`},
	})
	changed := s.must(patchOf("/clientcertificates/"+id, "replace /description other"))
	if changed["description"] != "other" || changed["pemEncodedCertificate"] != made["pemEncodedCertificate"] {
		t.Errorf("got %v, want another description and the same certificate", changed)
	}
	s.run(vars, []exchange{{"DELETE {c}", "202 null"}, {"GET {c}", missing}, {"GET /clientcertificates", `200 {"item":[]}`}})
}

// TestClientCertificateIsReal holds the certificate to what its answer says, and keeps the private key in.
func TestClientCertificateIsReal(t *testing.T) {
	s := newTestServer(t)
	id := s.must(`POST /clientcertificates {}`)["clientCertificateId"].(string)
	for _, request := range []string{"GET /clientcertificates/" + id, "GET /clientcertificates", patchOf("/clientcertificates/" + id)} {
		if text := s.do(request).String(); strings.Contains(text, "PRIVATE") || strings.Contains(text, "privateKey") || !strings.Contains(text, "BEGIN CERTIFICATE") {
			t.Errorf("%s: got %.300s, want the certificate without its key", request, text)
		}
	}
	got := s.must("GET /clientcertificates/" + id)
	block, rest := pem.Decode([]byte(got["pemEncodedCertificate"].(string)))
	if block == nil || len(rest) > 0 {
		t.Fatalf("got %v, want one PEM block", got)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if err := certificate.CheckSignature(certificate.SignatureAlgorithm, certificate.RawTBSCertificate, certificate.Signature); err != nil {
		t.Errorf("the certificate is not signed by itself: %v", err)
	}
	if key, ok := certificate.PublicKey.(*rsa.PublicKey); !ok || key.N.BitLen() != 2048 {
		t.Errorf("got key %T, want RSA of 2,048 bits", certificate.PublicKey)
	}
	created, expires := int64(got["createdDate"].(float64)), int64(got["expirationDate"].(float64))
	if expires-created != 365*24*60*60 || certificate.NotAfter.Unix() != expires || !certificate.NotBefore.Before(time.Unix(created, 0)) {
		t.Errorf("got %d to %d, certificate valid from %v to %v, want one year", created, expires, certificate.NotBefore, certificate.NotAfter)
	}
}
