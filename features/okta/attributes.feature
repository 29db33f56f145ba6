@users @attributes @once
Feature: Attributes
  Okta can send phone numbers, addresses and the enterprise attributes of a person. Values such as a manager or a cost
  center are text from Okta: the server must not expect to know them. Each update is the server's own document with
  Okta's values in it, so an attribute that a PUT drops is lost without an error.

  Sources: the mapping is documented (CONNECT) and captured (ROSTR, WORKOSSPEC); the PUT is captured (FIREZONE). A cleared
  attribute is left out of the PUT (AZLAB-3); the RFC permits a server to keep it.

  Background:
    Given dora is a user in Okta with
      | title          | Engineer         |
      | department     | Compilers        |
      | division       | Research         |
      | organization   | Example          |
      | costCenter     | CC-4711          |
      | employeeNumber | 701984           |
      | managerId      | m-17             |
      | manager        | Grace Hopper     |
      | primaryPhone   | +1 555 0100      |
      | streetAddress  | 1 Main St, Apt 4 |
      | city           | Springfield      |
      | state          | IL               |
      | zipCode        | 62701            |
      | countryCode    | US               |

  @id:create @server
  Scenario: A user with many attributes is created
    When dora is assigned to the app
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores dora as active, with the values Okta sent

  @id:unrelated @server
  Scenario: A change of one attribute leaves the others
    Given dora is assigned to the app
    When dora's displayName becomes "Dora E." in Okta
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores dora as active, with the values Okta sent

  @id:change @server
  Scenario: Changed attributes are stored
    Given dora is assigned to the app
    When these attributes of dora change in Okta
      | department   | Debuggers   |
      | managerId    | m-18        |
      | manager      | Ada Quill   |
      | primaryPhone | +1 555 0199 |
      | city         | Riverside   |
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores dora as active, with the values Okta sent

  @id:clear @server
  Scenario: Cleared attributes are accepted
    Given dora is assigned to the app
    When dora's title, department, manager, managerId and primaryPhone are cleared in Okta
    Then Okta accepts every response
    And the administrator sees no error
    And the server stores dora as active, with the values Okta sent
