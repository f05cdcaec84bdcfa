// Added to provider-kubernetes v1.2.1: a port for its webhook other than 9443, which v1.3 has a flag for.
// Without it there could be one control plane at a time on a machine.
package main

import (
	"os"
	"strconv"

	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

func init() {
	if port, err := strconv.Atoi(os.Getenv("WEBHOOK_PORT")); err == nil {
		webhook.DefaultPort = port
	}
}
