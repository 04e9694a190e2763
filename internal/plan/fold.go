package plan

// Fold returns text with the stage's variables in the places of their references, as the URIs of
// integrations are bound; a reference to a variable that is not there becomes nothing.
func (s *Stage) Fold(text string) string {
	variables := make(map[string]string, len(s.Variables))
	for _, v := range s.Variables {
		variables[v.Name] = v.Value
	}
	return foldStageVariables(text, variables)
}
