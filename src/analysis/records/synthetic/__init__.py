"""The synthetic district: student-days in which no child is real, and the truth beside them."""
