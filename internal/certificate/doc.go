// Package certificate has what the gateway's listener needs to know for TLS: certificates and truststores
// from files, which are read anew when they change, certificates that a development authority makes, what
// security policies mean, and which of all this holds for the host that a client names.
//
// It does not listen, and it knows neither APIs' resources nor the control plane: server gives it [Hosts],
// the listener asks [Selector.ConfigForClient]. Certificates by ACME are package certificate/acme's. Start
// reading at selector.go.
package certificate
