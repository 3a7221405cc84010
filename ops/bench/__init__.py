"""What the fleet costs, measured beside a limit in the same run: ratios are the result, absolute figures a floor."""
