// istio is Istio's control plane and its agent in one program, told by the name that it is called with: as two they would
// hold the same libraries twice, and take twice as long to build.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	meshconfig "istio.io/api/mesh/v1alpha1"
	agent "istio.io/istio/pilot/cmd/pilot-agent/app"
	discovery "istio.io/istio/pilot/cmd/pilot-discovery/app"
	istioagent "istio.io/istio/pkg/istio-agent"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/security"
	"istio.io/istio/security/pkg/nodeagent/sds"
)

func main() {
	log.EnableKlogWithCobra()
	var command *cobra.Command
	switch name := filepath.Base(os.Args[0]); name {
	case "pilot-discovery":
		command = discovery.NewRootCommand()
	case "pilot-agent":
		command = agent.NewRootCommand(newSecretServer)
	default:
		fmt.Fprintf(os.Stderr, "%s is no program of Istio that this has\n", name)
		os.Exit(2)
	}
	if err := command.Execute(); err != nil {
		log.Error(err)
		os.Exit(1)
	}
}

// newSecretServer is what gives an Envoy its certificate, as Istio's own main package of the agent makes it.
func newSecretServer(
	options *security.Options, cache security.SecretManager, keys *meshconfig.PrivateKeyProvider,
) istioagent.SDSService {
	return sds.NewServer(options, cache, keys)
}
