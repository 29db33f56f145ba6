//! Verifies tokens with the keys that the server publishes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::support::reference::{Reply, Server};

/// The prefix of the URIs of provisioning events.
pub(super) const PROV: &str = "urn:ietf:params:scim:event:prov:";

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// Verifies the signature of a token (RFC 7515 section 5.2), and returns its claims.
pub(super) fn claims(token: &str, keys: &Value) -> Value {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("secevent+jwt")));
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).expect("an unknown kid");
    let coordinate = |name: &str| decode(key[name].as_str().unwrap());
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(signed.as_bytes(), &decode(signature)).unwrap();
    serde_json::from_slice(&decode(payload)).unwrap()
}

/// A stream of the first directory of a server.
pub(super) struct Stream {
    pub(super) shown: Value,
    pub(super) id: String,
    pub(super) keys: Value,
}

impl Stream {
    /// Creates a stream.
    pub(super) async fn create(server: &Server, body: &Value) -> Self {
        let directory = server.api_get("/directories").await["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/scimulate/directories/{directory}/event_streams");
        let made = server.api(Method::POST, &path, Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let shown = made.json();
        let keys = server.send_with(Method::GET, shown["jwks_url"].as_str().unwrap(), &[], None).await;
        assert_eq!((keys.status, keys.header("content-type")), (200, Some("application/jwk-set+json")));
        Self { id: shown["id"].as_str().unwrap().to_owned(), keys: keys.json(), shown }
    }

    pub(super) async fn polled(server: &Server) -> Self {
        Self::create(server, &json!({"delivery": "poll"})).await
    }

    /// Polls with the token of the stream.
    pub(super) async fn poll(&self, server: &Server, body: Value) -> Reply {
        self.poll_as(server, self.shown["token"].as_str().unwrap(), body).await
    }

    pub(super) async fn poll_as(&self, server: &Server, token: &str, body: Value) -> Reply {
        let url = format!("{}/event_streams/{}/poll", server.reference.base_url(), self.id);
        let token = format!("Bearer {token}");
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        server.send_with(Method::POST, &url, &headers, Some(body.to_string())).await
    }

    /// Polls without waiting, and returns the claims of all tokens, and `moreAvailable`.
    pub(super) async fn tokens(&self, server: &Server, mut body: Value) -> (Vec<Value>, bool) {
        body["returnImmediately"] = json!(true);
        let reply = self.poll(server, body).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")), "{}", reply.text);
        let reply = reply.json();
        (self.claims_in(&reply), reply["moreAvailable"].as_bool().unwrap())
    }

    /// Returns the claims of the tokens of a response.
    pub(super) fn claims_in(&self, reply: &Value) -> Vec<Value> {
        let sets = reply["sets"].as_object().unwrap().iter();
        sets.map(|(jti, token)| {
            let claims = self.claims(token.as_str().unwrap());
            assert_eq!(claims["jti"], json!(jti));
            claims
        })
        .collect()
    }

    /// Verifies a token of the stream, and returns its claims.
    pub(super) fn claims(&self, token: &str) -> Value {
        let claims = claims(token, &self.keys);
        assert_eq!((&claims["iss"], &claims["aud"]), (&self.shown["issuer"], &self.shown["audience"]));
        assert!(claims["iat"].is_i64() && claims["txn"].is_string() && claims.get("sub").is_none(), "{claims}");
        claims
    }
}

pub(super) fn jtis(tokens: &[Value]) -> Vec<&str> {
    tokens.iter().map(|claims| claims["jti"].as_str().unwrap()).collect()
}

pub(super) fn uris(tokens: &[Value]) -> Vec<&str> {
    tokens.iter().map(|claims| claims["sub_id"]["uri"].as_str().unwrap()).collect()
}
