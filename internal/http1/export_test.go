package http1

// IsFieldValueSlow is IsFieldValue byte by byte, to compare with.
var IsFieldValueSlow = isFieldValue
