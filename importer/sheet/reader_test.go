package sheet

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
	"cometsync/importer/input"
	"cometsync/internal/workbook"
)

func TestLimitsOfARendering(t *testing.T) {
	f := excelize.NewFile()
	for i := range 1000 {
		if err := f.SetCellStr("Sheet1", fmt.Sprintf("A%d", i+1), "uid"); err != nil {
			t.Fatal(err)
		}
	}
	in, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	wb, err := workbook.Open(bytes.NewReader(in.Bytes()), int64(in.Len()), workbook.Usual())
	if err != nil {
		t.Fatal(err)
	}
	m, _ := (&columns.Settings{}).Mapping(false)
	s, err := NewReader(wb, wb.Sheets()[0], m)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.most != input.Bound(0) { // what a small archive may come to, whatever its cells share
		t.Errorf("%d bytes may be rendered", s.most)
	}
	s.most = 100
	var text bytes.Buffer
	if _, err := text.ReadFrom(s); err != nil || text.Len() > 100 || s.Fault() == nil {
		t.Errorf("%d bytes, %v, %v", text.Len(), err, s.Fault())
	}
}
