package rig

import (
	"fmt"
	"net"
	"time"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/http1"
)

// Limits of answers that a client takes.
const (
	maxHeadBytes = 64 << 10
	maxBodyBytes = 32 << 20
)

// Client is one connection of a load generator. It belongs to one goroutine.
type Client struct {
	conn   net.Conn
	reader http1.Reader
	resp   http1.Response
	body   []byte
}

// Answer is an answer. What it refers to is the client's until the next call.
type Answer struct {
	Status  int
	Headers header.List
	Body    []byte
}

// Dial connects to an address.
func Dial(address string) (*Client, error) {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn}
	c.reader.Reset(conn)
	return c, nil
}

// SetDeadline bounds all calls from now on.
func (c *Client) SetDeadline(t time.Time) error { return c.conn.SetDeadline(t) }

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Do sends the bytes of a request, which must not be one for HEAD, and reads the answer.
func (c *Client) Do(request []byte) (Answer, error) {
	if _, err := c.conn.Write(request); err != nil {
		return Answer{}, err
	}
	head, err := c.reader.Head(maxHeadBytes)
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer: %w", err)
	}
	c.resp = http1.Response{Headers: c.resp.Headers[:0]}
	if err := http1.ParseResponse(head, &c.resp); err != nil {
		return Answer{}, err
	}
	if c.resp.Chunked {
		c.body, err = c.reader.Chunked(c.body[:0], maxBodyBytes)
	} else {
		c.body, err = c.reader.Sized(c.body[:0], c.resp.ContentLength, maxBodyBytes)
	}
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer's body: %w", err)
	}
	return Answer{Status: c.resp.Status, Headers: c.resp.Headers, Body: c.body}, nil
}
