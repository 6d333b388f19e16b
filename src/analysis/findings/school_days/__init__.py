"""The pages of days of schools, where they differ from those of student records: a module a page."""
