<?php

$metadata[getenv('IDP_URL') . '/saml2/idp/metadata.php'] = [
    'host' => '__DEFAULT__',
    'privatekey' => 'idp.key',
    'certificate' => 'idp.crt',
    'auth' => 'people',
    'NameIDFormat' => ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic',

    'SingleSignOnServiceBinding' => [SAML2\Constants::BINDING_HTTP_REDIRECT, SAML2\Constants::BINDING_HTTP_POST],
    'SingleLogoutServiceBinding' => [SAML2\Constants::BINDING_HTTP_REDIRECT, SAML2\Constants::BINDING_HTTP_POST],
    'validate.authnrequest' => true,
    'redirect.sign' => true,
    'redirect.validate' => true,
    'sign.logout' => true,
    'validate.logout' => true,
    'saml20.sign.response' => true,
    'saml20.sign.assertion' => true,
    'assertion.encryption' => getenv('IDP_ENCRYPTS') === 'yes',
    'logouttype' => 'traditional',

    'authproc' => [
        10 => ['class' => 'saml:PersistentNameID', 'attribute' => 'uid'],
        11 => [
            'class' => 'saml:AttributeNameID',
            'attribute' => 'email',
            'Format' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
        ],
        12 => ['class' => 'saml:TransientNameID'],
    ],
];
