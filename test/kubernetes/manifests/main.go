// manifests renders folders of Kustomize and reads what comes out as strictly as Kubernetes' own libraries can.
//
// Usage: manifests FOLDER...
//
//	manifests -mesh-config FILE...
//
// It prints a JSON array: for each folder its name, the objects, and the problems, which are fields that the API does not
// know or that have another type, and whatever the restricted profile of the Pod Security Standards forbids. Istio's objects are
// read by Istio's own types. Exit code: 0, also with problems; 1 when a folder could not be rendered, with the reason on
// standard error. With -mesh-config it reads files of Istio's MeshConfig, says what is wrong with the first that is not one,
// and ends with 1 then.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

type rendered struct {
	Folder   string   `json:"folder"`
	Objects  []any    `json:"objects"`
	Problems []string `json:"problems"`
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-mesh-config" {
		for _, file := range os.Args[2:] {
			text, err := os.ReadFile(file)
			if err == nil {
				err = wrongInMeshConfig(text)
			}
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
				os.Exit(1)
			}
		}
		return
	}
	all := []rendered{}
	for _, folder := range os.Args[1:] {
		one, err := render(folder)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		all = append(all, one)
	}
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func render(folder string) (rendered, error) {
	out := rendered{Folder: folder, Objects: []any{}, Problems: []string{}}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return out, err
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	// Only pods are asked about, so neither of these is ever needed with another version than the newest.
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return out, err
	}
	for _, resource := range resources.Resources() {
		name := fmt.Sprintf("%s %s", resource.GetKind(), resource.GetName())
		object, err := resource.Map()
		if err != nil {
			return out, err
		}
		out.Objects = append(out.Objects, object)
		text, err := resource.AsYAML()
		if err != nil {
			return out, err
		}
		if problems, known := wrongInIstio(object); known {
			for _, problem := range problems {
				out.Problems = append(out.Problems, fmt.Sprintf("%s: %s", name, problem))
			}
			continue
		}
		typed, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			out.Problems = append(out.Problems, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		out.Problems = append(out.Problems, forbidden(name, typed, evaluator)...)
	}
	return out, nil
}

// forbidden says what of a pod the restricted profile does not allow.
func forbidden(name string, object runtime.Object, evaluator policy.Evaluator) []string {
	template := podOf(object)
	if template == nil {
		return nil
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	problems := []string{}
	for _, it := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec) {
		if !it.Allowed {
			problems = append(problems, fmt.Sprintf("%s: %s: %s", name, it.ForbiddenReason, it.ForbiddenDetail))
		}
	}
	return problems
}

func podOf(object runtime.Object) *corev1.PodTemplateSpec {
	switch it := object.(type) {
	case *appsv1.Deployment:
		return &it.Spec.Template
	case *appsv1.StatefulSet:
		return &it.Spec.Template
	case *corev1.Pod:
		return &corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Name: it.Name}, Spec: it.Spec}
	}
	return nil
}
