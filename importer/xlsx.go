package importer

import (
	"context"
	"errors"
	"io"
)

func (r *Roster) workbook(ctx context.Context, s *source, in io.Reader, m *mapping) error {
	return errors.New("not yet")
}
