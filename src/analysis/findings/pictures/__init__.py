"""Pictures: what every kind of picture is drawn with, and a finding's picture as SVG."""
