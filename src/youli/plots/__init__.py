"""Pictures of explanations, as SVG that carries its own words and ground, or as PNG."""
