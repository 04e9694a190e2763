package vpclink

// Check makes one check of a target.
var Check = check
