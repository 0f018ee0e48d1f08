package directory

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// A file that can't be made leaves its core to the next one, and all of them are told.
func TestFillNowhere(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "none")
	var files []File
	for range 2*runtime.GOMAXPROCS(0) + 1 {
		files = append(files, File{"a.csv", func(io.Writer) error { return nil }})
	}
	told := make(chan int, len(files))
	if _, err := fill(nowhere, files, func(n int) { told <- n }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
	if len(told) != len(files) {
		t.Errorf("%d of %d files are told", len(told), len(files))
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("the directory was made")
	}
}
