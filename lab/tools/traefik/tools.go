//go:build tools

// Package tools names the command that lab/build compiles, so that go.mod pins it.
package tools

import _ "github.com/traefik/traefik/v3/cmd/traefik"
