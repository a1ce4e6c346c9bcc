"""The laboratory: experiments that break consumers on purpose and see whether the safety contract holds."""
