// Command sluice is Amazon API Gateway (REST APIs) for people's own machines.
//
// Everything is in internal/cli.
package main

import (
	"context"
	"os"

	"github.com/sluice-gateway/sluice/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), os.Args[1:], cli.Streams{
		In:        os.Stdin,
		Out:       os.Stdout,
		Err:       os.Stderr,
		LookupEnv: os.LookupEnv,
	}))
}
