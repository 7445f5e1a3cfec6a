"""What would name a person: columns that no source may hold, and values that no message may print.

The open files hold no person. A file with one of these columns is another file, given by mistake.
"""

import re
import unicodedata
from collections.abc import Iterable

COLUMN = "cette colonne désigne une personne ; aucun fichier attendu ici n’en contient."
TODO = "Ne pas l’enregistrer dans data/incoming ; prévenir le délégué à la protection des données."

# Whole names, as the SNDS dictionary of variables spells the keys of beneficiaries and professionals.
NAMES = {
    "BEN_NIR_PSA", "BEN_NIR_ANO", "BEN_IDT_ANO", "BEN_IDT_TOP", "BEN_RNG_GEM", "BEN_NAI_DTE", "NIR_ANO_17", "NUM_ENQ",
    "ASS_NIR_ANO", "ID_PATIENT", "PATIENT_ID", "INS", "INS_C", "INS_A", "PFS_EXE_NUM", "PFS_PRE_NUM", "PSP_PFS_NUM",
    "DATE_NAISS", "DT_NAISS", "NUM_SECU", "NO_SECU", "NUMERO_SECU", "NUM_SS", "NO_SS",
}  # fmt: skip
# Words of a name, between `_`, spaces or hyphens, that say it all.
WORDS = {
    "NIR", "NIA", "NIRPP", "NUMSS", "NSS", "SSN", "MATRICULE", "NOM", "PRENOM", "PRENOMS", "NAISSANCE", "ADRESSE",
    "TELEPHONE", "TEL", "EMAIL", "MAIL", "COURRIEL", "RPPS", "ADELI", "IDNPS", "IPP", "IEP", "BENEFICIAIRE",
}  # fmt: skip

DIGITS = 8  # a date of birth has 8, FINESS 9, a telephone number 10, RPPS 11, the NIR 13 or 15
LONG = 16  # letters and digits mixed, as a pseudonym made by hashing


def named(header: Iterable[str]) -> list[str]:
    """The columns of a header whose name says that they hold an identifier.

    >>> named(["PRS_NAT", "Prénom", "ben_nir_psa", "EXE_INS_REG", "GEN_NUM"])
    ['Prénom', 'ben_nir_psa']
    """
    return [name for name in header if _plain(name) in NAMES or WORDS & set(_plain(name).split("_"))]


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    return re.sub(r"[^A-Z0-9]+", "_", letters).strip("_")


def masked(value: str) -> str:
    """A refused value for a message, or only its length when it may be somebody's number, address or key.

    >>> masked("12,5"), masked("1 99 01 99 999 001 10")
    ('12,5', '(masquée, 21 caractères)')
    """
    solid = re.sub(r"[\W_]", "", value)
    digits = sum(character.isdigit() for character in solid)
    secret = digits >= DIGITS or "@" in value or (len(solid) >= LONG and digits > 0)
    return f"(masquée, {len(value)} caractères)" if secret else value
