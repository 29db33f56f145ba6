//! Writing organizations and their domains.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::super::StoreError;
use super::rows;
use crate::directory::Organization;

/// Inserts an organization. Returns the number of rows.
pub(super) fn insert(connection: &Connection, organization: &Organization) -> Result<usize, StoreError> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO organization (id, name, created_at, updated_at, external_id, details)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            organization.id,
            organization.name,
            organization.created_at.as_millisecond(),
            organization.updated_at.as_millisecond(),
            organization.external_id,
            details(organization)?,
        ])?;
    put_domains(connection, organization)?;
    Ok(inserted)
}

/// Updates an organization. Returns the number of rows.
pub(super) fn update(connection: &Connection, organization: &Organization) -> Result<usize, StoreError> {
    let updated = connection
        .prepare_cached(
            "UPDATE organization SET name = ?2, updated_at = ?3, external_id = ?4, details = ?5 WHERE id = ?1",
        )?
        .execute(params![
            organization.id,
            organization.name,
            organization.updated_at.as_millisecond(),
            organization.external_id,
            details(organization)?,
        ])?;
    put_domains(connection, organization)?;
    Ok(updated)
}

/// Marks an organization as removed, and frees its domains and its external ID. Returns the number of rows.
pub(super) fn delete(connection: &Connection, id: &str, at: Timestamp) -> Result<usize, StoreError> {
    delete_domains(connection, id)?;
    let mut delete =
        connection.prepare_cached("UPDATE organization SET deleted_at = ?2, external_id = NULL WHERE id = ?1")?;
    Ok(delete.execute(params![id, at.as_millisecond()])?)
}

fn details(organization: &Organization) -> Result<String, StoreError> {
    serde_json::to_string(&organization.details).map_err(rows::corrupt)
}

fn delete_domains(connection: &Connection, id: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM organization_domain WHERE organization = (SELECT row FROM organization WHERE id = ?1)",
        )?
        .execute([id])?;
    Ok(())
}

fn put_domains(connection: &Connection, organization: &Organization) -> Result<(), StoreError> {
    delete_domains(connection, &organization.id)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO organization_domain (id, organization, domain, state, created_at, updated_at)
         VALUES (?1, (SELECT row FROM organization WHERE id = ?2), ?3, ?4, ?5, ?6)",
    )?;
    for domain in &organization.domains {
        let state = serde_json::to_value(domain.state).map_err(rows::corrupt)?;
        insert.execute(params![
            domain.id,
            organization.id,
            domain.domain,
            state.as_str(),
            domain.created_at.as_millisecond(),
            domain.updated_at.as_millisecond(),
        ])?;
    }
    Ok(())
}
