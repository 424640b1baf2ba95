//! Tokens: what the console said to one person, and takes back from them unchanged. The database seals the text for that person;
//! nobody else could have written it, and nobody else can use it. Not in here: what a token is for.

use serde::{Serialize, de::DeserializeOwned};

/// The text that is sealed: what the token is for, and what it says.
#[must_use]
pub(crate) fn text<T: Serialize>(purpose: &str, said: &T) -> String {
    [purpose, " ", &serde_json::to_string(said).unwrap_or_default()].concat()
}

/// The token of a text and its seal.
#[must_use]
pub(crate) fn token(text: &str, seal: &str) -> String {
    [&hex::encode(text), ".", seal].concat()
}

/// From a token: what it says, and its seal, which is not judged here.
#[must_use]
pub(crate) fn parse<T: DeserializeOwned>(purpose: &str, token: &str) -> Option<(T, String)> {
    let (text, seal) = token.trim().split_once('.')?;
    let text = String::from_utf8(hex::decode(text).ok()?).ok()?;
    let said = text.strip_prefix(purpose)?.strip_prefix(' ')?;
    Some((serde_json::from_str(said).ok()?, seal.to_owned()))
}

#[cfg(feature = "server")]
pub(crate) mod server {
    use super::{parse, text, token};
    use gate::Failed;
    use serde::{Serialize, de::DeserializeOwned};
    use sqlx::PgConnection;

    /// Seals what is said to whoever the connection is scoped to.
    pub(crate) async fn seal<T: Serialize>(conn: &mut PgConnection, purpose: &str, said: &T) -> Result<String, Failed> {
        let text = text(purpose, said);
        let seal: String = sqlx::query_scalar("select console.seal($1)").bind(&text).fetch_one(conn).await?;
        Ok(token(&text, &seal))
    }

    /// What a token says, if it was sealed for whoever the connection is scoped to.
    pub(crate) async fn open<T: Serialize + DeserializeOwned>(
        conn: &mut PgConnection,
        purpose: &str,
        token: &str,
    ) -> Result<Option<T>, Failed> {
        let Some((said, seal)) = parse::<T>(purpose, token) else { return Ok(None) };
        let right: Option<String> = sqlx::query_scalar("select console.seal($1)").bind(text(purpose, &said)).fetch_one(conn).await?;
        Ok((right.as_deref() == Some(&seal)).then_some(said))
    }
}
