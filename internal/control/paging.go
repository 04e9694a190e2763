package control

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
)

// The sizes of a page.
//
// AWS: "GetRestApis" and the other list operations: default 25, maximum 500.
const (
	defaultLimit = 25
	maximumLimit = 500
)

// page sorts items by their keys, which are unique, and returns those that belong on the page that
// limit and position ask for, with the position of the next page, nil on the last. A
// position names the last item seen, not a count: items that come and go between two
// pages make no other item appear twice or not at all.
func page[T any](items []T, key func(*T) string, limit *int32, position *string) ([]T, *string, error) {
	size := defaultLimit
	if limit != nil && *limit >= 1 { // Observed: a limit below 1 is not refused.
		size = int(*limit)
	}
	if size > maximumLimit {
		return nil, nil, apigw.BadRequest(fmt.Sprintf("Invalid limit parameter. The maximum is %d.", maximumLimit))
	}
	slices.SortFunc(items, func(a, b T) int { return cmp.Compare(key(&a), key(&b)) })
	if seen := apigw.Value(position); seen != "" {
		last, ok := decodePosition(seen)
		if !ok {
			return nil, nil, apigw.BadRequest("Invalid position parameter.")
		}
		start, found := slices.BinarySearchFunc(items, last, func(item T, last string) int { return cmp.Compare(key(&item), last) })
		if found {
			start++
		}
		items = items[start:]
	}
	if len(items) <= size {
		return items, nil, nil
	}
	return items[:size], new(encodePosition(key(&items[size-1]))), nil
}

// positionMark begins every position before it is encoded: what lacks it did not come from us.
const positionMark = "after:"

func encodePosition(key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(positionMark + key))
}

func decodePosition(position string) (key string, ok bool) {
	plain, err := base64.RawURLEncoding.DecodeString(position)
	if err != nil {
		return "", false
	}
	return strings.CutPrefix(string(plain), positionMark)
}

// byCreation returns a key that sorts things by their date of creation, then by id.
func byCreation(created *time.Time, id *string) string {
	return apigw.Value(created).UTC().Format("2006-01-02T15:04:05.000000000") + apigw.Value(id)
}
