//go:build tools

// Package tools names the command that lab/build compiles, so that go.mod pins it.
package tools

import _ "sigs.k8s.io/metrics-server/cmd/metrics-server"
