// Command compose-model prints one Docker Compose project as JSON, the way
// Docker Compose itself reads it: the same files, merge, interpolation, .env,
// env_file, profiles and project name.
//
// compose-go's own cmd is not used because its LoadModel (v2.16.2) does not
// hand the environment to the interpolation: ${VAR} is always empty there.
//
// Usage: compose-model [-project-name NAME] [-profile NAME]... [FILE]...
//
// The output is {"files": [absolute paths], "project": {...}}. Warnings and
// errors go to stderr, an error exits with 1.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v4"
)

type output struct {
	Files   []string       `json:"files"`
	Project map[string]any `json:"project"`
}

func main() {
	var name string
	var profiles []string
	flag.StringVar(&name, "project-name", "", "Project name.")
	flag.Func("profile", "Profile to switch on; may be repeated.", func(profile string) error {
		profiles = append(profiles, profile)
		return nil
	})
	flag.Parse()

	if err := run(name, profiles, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(name string, profiles, files []string) error {
	project, err := load(name, profiles, files)
	if err != nil {
		return err
	}
	model, err := asMap(project)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(output{Files: project.ComposeFiles, Project: model})
}

// load applies compose-go's options in Docker Compose's order: the .env of the
// current folder may name the files, the one beside the first file adds to it.
func load(name string, profiles, files []string) (*types.Project, error) {
	options, err := cli.NewProjectOptions(files,
		cli.WithOsEnv,
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithConfigFileEnv,
		cli.WithDefaultConfigPath,
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithDefaultProfiles(profiles...),
		cli.WithName(name),
		cli.WithResolvedPaths(true),
		cli.WithDiscardEnvFile,
	)
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}

// asMap goes by way of YAML because the JSON form of a service leaves out its
// x- extensions.
func asMap(project *types.Project) (map[string]any, error) {
	raw, err := project.MarshalYAML()
	if err != nil {
		return nil, err
	}
	model := map[string]any{}
	return model, yaml.Unmarshal(raw, &model)
}
