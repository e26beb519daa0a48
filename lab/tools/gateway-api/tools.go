//go:build tools

// Package tools names a package of the module that lab/build reads definitions from, so that go.mod pins it.
package tools

import _ "sigs.k8s.io/gateway-api/apis/v1"
