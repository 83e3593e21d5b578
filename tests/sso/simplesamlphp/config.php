<?php
// What tests/sso/simplesaml.py starts. It is told its address and its folder by the environment.

$folder = getenv('IDP_FOLDER');

$config = [
    'baseurlpath' => getenv('IDP_URL') . '/',
    'certdir' => "$folder/",
    'loggingdir' => "$folder/",
    'datadir' => "$folder/",
    'tempdir' => "$folder/tmp",
    'metadatadir' => __DIR__ . '/',
    'attributenamemapdir' => '/usr/share/simplesamlphp/config/attributemap/',

    'secretsalt' => 'only-for-tests',
    'auth.adminpassword' => bin2hex(random_bytes(16)),
    'timezone' => 'UTC',
    'logging.handler' => 'file',
    'logging.level' => SimpleSAML\Logger::NOTICE,
    'errorreporting' => false,
    'showerrors' => true,

    'enable.saml20-idp' => true,
    'module.enable' => ['exampleauth' => true],
    'theme.use' => 'default',

    'session.cookie.secure' => false,
    'session.cookie.samesite' => null,
    'session.phpsession.cookiename' => 'SimpleSAML',
    'language.cookie.secure' => false,
    'language.cookie.samesite' => null,

    'store.type' => 'sql',
    'store.sql.dsn' => "sqlite:$folder/store.sq3",

    'metadata.sources' => array_merge(
        [['type' => 'flatfile']],
        array_map(fn ($file) => ['type' => 'xml', 'file' => $file], glob("$folder/service-providers/*.xml"))
    ),
];
