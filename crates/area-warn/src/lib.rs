//! Warnings to units: numbering, inbox, mail, acknowledgement.
