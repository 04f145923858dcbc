"""What a tax auditor of the state of departure would say of one car, on the facts and papers that are there.

Standard library only, no clock and no I/O: the whole folder is embedded in sealed files, so that anybody can run the
rules of the day again. Start with `verdict.judge`. How the parts fit together: docs/adr.
"""
