package user

import (
	"strings"
	"testing"
	"unsafe"
)

// TestARejectKeepsNoPage: a row lies in a page that was read for it, which a
// reject of it must not keep in memory.
func TestARejectKeepsNoPage(t *testing.T) {
	page := strings.Repeat("x", 100) + "anna,0042,not a link"
	row := Row{User: User{UID: page[100:104]}, Cells: []string{page[100:104], page[105:109], page[110:]}, Written: page[105:109]}
	x := row.Reject(Defect{Code: LinkInvalid, Value: page[110:]})
	begin, end := uintptr(unsafe.Pointer(unsafe.StringData(page))), uintptr(unsafe.Pointer(unsafe.StringData(page)))+uintptr(len(page))
	texts := append([]string{x.UID, x.Defects[0].Value}, x.Cells...)
	for _, c := range x.Claims {
		texts = append(texts, c.Value)
	}
	for _, text := range texts {
		if at := uintptr(unsafe.Pointer(unsafe.StringData(text))); at >= begin && at < end {
			t.Errorf("%q is of the page", text)
		}
	}
	if x.UID != "anna" || strings.Join(x.Cells, "|") != "anna|0042|not a link" || len(x.Claims) == 0 {
		t.Errorf("%+v", x)
	}
}
