"""Every element of the schemas that XML signatures and XML encryption are written in, 1.0 and 1.1."""

DS, DS11 = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2009/xmldsig11#"
XENC, XENC11 = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2009/xmlenc11#"
EC = "http://www.w3.org/2001/10/xml-exc-c14n#"

_ELEMENTS = {
    DS: """Signature SignatureValue SignedInfo CanonicalizationMethod SignatureMethod HMACOutputLength Reference
        Transforms Transform XPath DigestMethod DigestValue KeyInfo KeyName MgmtData KeyValue DSAKeyValue RSAKeyValue
        RetrievalMethod X509Data X509IssuerSerial X509IssuerName X509SerialNumber X509SKI X509SubjectName
        X509Certificate X509CRL PGPData PGPKeyID PGPKeyPacket SPKIData SPKISexp Object Manifest SignatureProperties
        SignatureProperty Modulus Exponent P Q G Y J Seed PgenCounter""",
    DS11: """ECKeyValue NamedCurve PublicKey ECParameters FieldID Prime GnB TnB PnB Curve A B ValidationData
        DEREncodedKeyValue KeyInfoReference X509Digest OCSPResponse""",
    XENC: """EncryptedData EncryptedKey EncryptionMethod KeySize OAEPparams CipherData CipherValue CipherReference
        Transforms ReferenceList DataReference KeyReference CarriedKeyName EncryptionProperties EncryptionProperty
        AgreementMethod KA-Nonce OriginatorKeyInfo RecipientKeyInfo""",
    XENC11: """ConcatKDFParams DerivedKey DerivedKeyName KeyDerivationMethod MasterKeyName PBKDF2-params Salt Specified
        OtherSource IterationCount KeyLength PRF MGF""",
    EC: "InclusiveNamespaces",
    "http://www.w3.org/2002/06/xmldsig-filter2": "XPath",
    "http://www.w3.org/1999/XSL/Transform": "stylesheet include import",
    "http://www.w3.org/2001/XInclude": "include fallback",
}
SECURITY = [f"{{{namespace}}}{name}" for namespace, names in _ELEMENTS.items() for name in names.split()]
# Those that make their reader look somewhere else, or run something.
LEADING_ELSEWHERE = [
    *(f"{{{DS}}}{name}" for name in ("RetrievalMethod", "XPath", "Object", "Manifest", "SignatureProperties")),
    *(f"{{{XENC}}}{name}" for name in ("CipherReference", "AgreementMethod", "KeyReference", "Transforms")),
    *(f"{{{DS11}}}{name}" for name in ("KeyInfoReference",)),
    *(f"{{{XENC11}}}{name}" for name in ("DerivedKey", "OtherSource")),
    "{http://www.w3.org/2001/XInclude}include",
    "{http://www.w3.org/1999/XSL/Transform}import",
]
