//go:build tools

// Package tools names the command that lab/build compiles, so that go.mod pins it.
package tools

import _ "github.com/fluxcd/flagger/cmd/flagger"
