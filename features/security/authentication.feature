@server @once @auth @users
Feature: Authentication
  A SCIM endpoint reads and changes every account of a customer, so each request needs the right credential. These
  scenarios send a read and a create without a credential, with one character more than the right one, and with an empty
  one. They are judged only if a credential is given, because only then is it known that the server asks for one.

  Sources: RFC 7644 section 2, RFC 9110 sections 11.1 and 15.5.2; Okta's suite (SUITE) sends a wrong token in its eleventh
  step.

  @id:read-without
  Scenario: A read without a credential is refused
    Given an unrelated user on the server
    When a client looks up the user without a credential
    Then the server refuses the request without a credential

  @id:create-without
  Scenario: A create without a credential is refused
    When a client creates a user without a credential
    Then the server refuses the request without a credential

  @id:read-wrong
  Scenario: A read with one character more than the right credential is refused
    Given an unrelated user on the server
    When a client looks up the user with a wrong credential
    Then the server refuses the request with a wrong credential

  @id:create-wrong
  Scenario: A create with one character more than the right credential is refused
    When a client creates a user with a wrong credential
    Then the server refuses the request with a wrong credential

  @id:read-empty
  Scenario: A read with an empty credential is refused
    Given an unrelated user on the server
    When a client looks up the user with an empty credential
    Then the server refuses the request with an empty credential

  @id:create-empty
  Scenario: A create with an empty credential is refused
    When a client creates a user with an empty credential
    Then the server refuses the request with an empty credential

  @id:scheme-case
  Scenario: The scheme of a bearer token is accepted in lower case
    Given an unrelated user on the server
    When a client looks up the user with the scheme in lower case
    Then the server accepts the request
