// Package dev is the life of `sluice dev`: it brings an OpenAPI file into a running server, again
// each time the file changes, and tells the author what it made of it.
//
// It has no way into the server that others lack: it calls the operations of the control plane over
// HTTP with package remote, as an SDK would. What it adds is for people: mistakes in templates with their
// place in the file (load.go), the table of routes with requests to try (routes.go), one line for each request
// (requestlog.go) and the back ends of the examples (backends.go). It does not start the
// server; package cli does. Start with [Run] in session.go.
package dev
