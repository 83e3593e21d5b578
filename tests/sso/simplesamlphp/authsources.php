<?php
// Two people, and the attributes that are shown for single sign-on in general.

$config = [
    'people' => [
        'exampleauth:UserPass',
        'jane:jane-password' => [
            'uid' => ['jane'],
            'email' => ['jane@acme.com'],
            'firstName' => ['Jane'],
            'lastName' => ['Smith'],
            'GROUPS' => ['researchers', 'ml'],
            'UID' => ['3020'],
            'GID' => ['6020'],
            'SUPPLEMENTARYGROUPS' => ['6021', '6022'],
        ],
        'bob:bob-password' => [
            'uid' => ['bob'],
            'email' => ['bob@acme.com'],
            'firstName' => ['Bob'],
            'lastName' => ['Jones'],
            'GROUPS' => ['operations'],
        ],
    ],
];
