"""An alarm in time: which customers' pattern has just changed for the worse."""
