"""How good the forecasts are, beside what a simple rule would have said."""
