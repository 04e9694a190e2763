package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// limitsName is the setting of the quotas. In the configuration file it may be a mapping from names to numbers.
const limitsName = "limits"

// unlimited as the value of a limit is none.
const unlimited = "none"

// limitsSetting returns the setting that changes quotas of the service, each by its name; the others stay.
func limitsSetting() Setting {
	return Setting{
		Name: limitsName, Value: "NAME=N,...",
		Usage: "quotas that are not the service's, such as resources-per-api=1000,stages-per-api=" + unlimited,
		set: func(c *Config, value string) error {
			for word := range strings.SplitSeq(value, ",") {
				if word = strings.TrimSpace(word); word == "" {
					continue
				}
				name, number, _ := strings.Cut(word, "=")
				if err := setLimit(&c.Limits, strings.TrimSpace(name), strings.TrimSpace(number)); err != nil {
					return err
				}
			}
			return nil
		},
		get: func(c *Config) string {
			var changed []string
			for _, limit := range control.LimitTable() {
				if n := *limit.Field(&c.Limits); n != limit.Default {
					changed = append(changed, limit.Name+"="+limitText(n))
				}
			}
			return strings.Join(changed, ",")
		},
	}
}

// setLimit sets the limit of that name.
func setLimit(limits *control.Limits, name, number string) error {
	table := control.LimitTable()
	i := slices.IndexFunc(table, func(l control.Limit) bool { return l.Name == name })
	if i < 0 {
		names := make([]string, len(table))
		for i, l := range table {
			names[i] = l.Name
		}
		return fmt.Errorf("there is no limit %q; there are %s", name, strings.Join(names, ", "))
	}
	n := 0
	if number != unlimited {
		var err error
		if n, err = strconv.Atoi(number); err != nil || n < 1 {
			return fmt.Errorf("%s: %q is neither a number above 0 nor %s", name, number, unlimited)
		}
	}
	*table[i].Field(limits) = n
	return nil
}

func limitText(n int) string {
	if n <= 0 {
		return unlimited
	}
	return strconv.Itoa(n)
}

// limitsText returns the mapping of a configuration file as the setting's text.
func limitsText(node *yaml.Node) (string, bool) {
	if node.Kind != yaml.MappingNode {
		return scalarText(node)
	}
	var words []string
	for i := 0; i+1 < len(node.Content); i += 2 {
		number, ok := scalarText(node.Content[i+1])
		if !ok {
			return "", false
		}
		words = append(words, node.Content[i].Value+"="+number)
	}
	return strings.Join(words, ","), true
}

// ratesSetting returns the setting that throttles the control plane.
func ratesSetting() Setting {
	return Setting{
		Name: "control-rates", Value: "OPERATION=N/PERIOD,...",
		Usage: "how often an account may call operations: " + Off + ", service for the service's own rates, or rates such as CreateDeployment=1/5s,all=10/1s:40 (a burst of 40)",
		set: func(c *Config, value string) (err error) {
			c.ControlRates = value
			_, err = c.controlThrottle()
			return err
		},
		get: func(c *Config) string { return c.ControlRates },
	}
}

// controlThrottle returns what throttles the control plane, nil where nothing does.
func (c *Config) controlThrottle() (*restjson.Throttle, error) {
	if c.ControlRates == "" || c.ControlRates == Off {
		return nil, nil
	}
	var words []string
	for word := range strings.SplitSeq(c.ControlRates, ",") {
		words = append(words, strings.TrimSpace(word))
	}
	rates, err := restjson.ParseRates(words)
	if err != nil {
		return nil, err
	}
	return restjson.NewThrottle(rates, nil), nil
}
