// istio-install is what Istio is installed with in a cluster, as one program that is told by the name that it is called with: its charts
// rendered as `helm template` does it, its CNI plugin, and who puts that plugin onto a node.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/containernetworking/cni/pkg/skel"
	cniversion "github.com/containernetworking/cni/pkg/version"
	install "istio.io/istio/cni/pkg/cmd"
	"istio.io/istio/cni/pkg/plugin"
	"istio.io/istio/operator/pkg/helm"
	"istio.io/istio/operator/pkg/values"
	"istio.io/istio/pkg/log"
)

func main() {
	var err error
	switch name := filepath.Base(os.Args[0]); name {
	case "istio-cni":
		err = runPlugin()
	case "install-cni":
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = install.GetCommand().ExecuteContext(ctx)
	default:
		err = render(os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// runPlugin answers containerd, as Istio's own main package of the plugin does.
func runPlugin() error {
	if err := log.Configure(plugin.GetLoggingOptions(nil)); err != nil {
		return err
	}
	functions := skel.CNIFuncs{Add: plugin.CmdAdd, Del: plugin.CmdDelete, Check: plugin.CmdCheck}
	if err := skel.PluginMainFuncsWithError(functions, cniversion.All, "istio-cni"); err != nil {
		// By the CNI specification the error goes to standard output.
		return err.Print()
	}
	return nil
}

// render prints the manifests of a chart of Istio's, as `helm template RELEASE CHART --values FILE...` does.
func render(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("what is wanted: istio-install RELEASE CHART [VALUES...]")
	}
	all := values.Map{}
	for _, file := range args[2:] {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		given, err := values.MapFromYaml(text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		all.MergeFrom(given)
	}
	manifests, warnings, err := helm.Render(args[0], "istio-system", args[1], values.MakeMap(all, "spec", "values"), nil)
	if err != nil {
		return err
	}
	for _, it := range warnings {
		fmt.Fprintln(os.Stderr, it)
	}
	for _, it := range manifests {
		fmt.Printf("---\n%s\n", it.Content)
	}
	return nil
}
