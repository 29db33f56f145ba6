@users @attributes @once
Feature: Custom attributes
  An app can have attributes of its own, in a schema extension that only this app and its server know. Okta sends them like
  other attributes. A server that does not know the extension ignores it. A server that keeps it must not lose it when
  another attribute changes.

  Sources: the external namespace of a custom attribute is documented (FAQ, KBROLES). The extension of these scenarios is an
  example.

  Background:
    Given the app sends badge as "badgeNumber" of the extension "urn:ietf:params:scim:schemas:extension:example:2.0:User"
    And the app sends floor as "floor" of the extension "urn:ietf:params:scim:schemas:extension:example:2.0:User"
    And dora is a user in Okta with
      | title | Engineer |
      | badge | B-4711   |
      | floor | third    |

  @id:create @server
  Scenario: A user with custom attributes is created
    When dora is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores dora as active, with the values Okta sent

  @id:unrelated @server
  Scenario: A change of another attribute leaves the custom attributes
    Given dora is assigned to the app
    When dora's title becomes "Countess" in Okta
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores dora as active, with the values Okta sent

  @id:change @server
  Scenario: A changed custom attribute is stored
    Given dora is assigned to the app
    When dora's badge becomes "B-4712" in Okta
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores dora as active, with the values Okta sent

  @id:clear @server
  Scenario: A cleared custom attribute is accepted
    Given dora is assigned to the app
    When dora's badge is cleared in Okta
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores dora as active, with the values Okta sent
