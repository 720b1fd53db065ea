package main

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"
	security "istio.io/api/security/v1beta1"
	telemetry "istio.io/api/telemetry/v1alpha1"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// ofIstio makes the message that the spec of one of Istio's kinds is, by its version and kind.
var ofIstio = map[string]func() proto.Message{
	"networking.istio.io/v1 Gateway":           func() proto.Message { return &networking.Gateway{} },
	"networking.istio.io/v1 VirtualService":    func() proto.Message { return &networking.VirtualService{} },
	"networking.istio.io/v1 ServiceEntry":      func() proto.Message { return &networking.ServiceEntry{} },
	"networking.istio.io/v1 WorkloadEntry":     func() proto.Message { return &networking.WorkloadEntry{} },
	"networking.istio.io/v1alpha3 EnvoyFilter": func() proto.Message { return &networking.EnvoyFilter{} },
	"security.istio.io/v1 PeerAuthentication":  func() proto.Message { return &security.PeerAuthentication{} },
	"telemetry.istio.io/v1 Telemetry":          func() proto.Message { return &telemetry.Telemetry{} },
}

// wrongInIstio reads the spec of one of Istio's objects strictly, as Istio's own types are.
//
// known is false for an object that is none of Istio's.
func wrongInIstio(object map[string]any) (problems []string, known bool) {
	make, known := ofIstio[fmt.Sprintf("%v %v", object["apiVersion"], object["kind"])]
	if !known {
		return nil, false
	}
	spec, err := json.Marshal(object["spec"])
	if err == nil {
		err = protojson.Unmarshal(spec, make())
	}
	if err != nil {
		problems = append(problems, err.Error())
	}
	return problems, true
}

// wrongInMeshConfig reads a file of Istio's MeshConfig, or of Helm values that hold one, in the same way.
func wrongInMeshConfig(text []byte) error {
	asJSON, err := yaml.YAMLToJSON(bytes.TrimSpace(text))
	if err != nil {
		return err
	}
	values := struct {
		MeshConfig map[string]any `json:"meshConfig"`
	}{}
	if err := json.Unmarshal(asJSON, &values); err != nil {
		return err
	}
	if values.MeshConfig != nil {
		if asJSON, err = json.Marshal(values.MeshConfig); err != nil {
			return err
		}
	}
	return protojson.Unmarshal(asJSON, &meshconfig.MeshConfig{})
}
