"""From notebooks to a report: executed by papermill, written by nbconvert, an index, a manifest."""
