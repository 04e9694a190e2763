//go:build !race

package gwtest_test

// raceDetector says that the race detector runs, under which pools forget what they are given.
const raceDetector = false
