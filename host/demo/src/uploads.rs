//! Uploaded plans: the PDF and a small JSON file beside it, written whole or not at all, so that a
//! restart forgets nothing.

use bus::{CommandId, TenantId};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// What the customer sees of an upload.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Upload {
    pub id: CommandId,
    pub tenant: TenantId,
    pub file: String,
    pub size: u64,
    pub by: String,
    pub at_ms: u64,
    pub state: State,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    Sent,
    Working {
        attempt: u32,
    },
    /// It failed and waits for the support team.
    InTrouble {
        code: String,
        title: String,
    },
    Done {
        result: serde_json::Value,
    },
    /// A rule said no, or support ended it; the sentence is for the customer.
    Refused {
        reason: String,
    },
}

impl State {
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Refused { .. })
    }
}

#[derive(Clone)]
pub struct Uploads {
    dir: PathBuf,
    all: Arc<Mutex<HashMap<CommandId, Upload>>>,
}

impl Uploads {
    /// Opens the directory and reads what is there.
    pub async fn open(data_dir: &Path) -> anyhow::Result<Self> {
        let dir = std::path::absolute(data_dir.join("uploads"))?;
        tokio::fs::create_dir_all(&dir).await?;
        let mut all = HashMap::new();
        let mut files = tokio::fs::read_dir(&dir).await?;
        while let Some(file) = files.next_entry().await? {
            if file.path().extension().is_some_and(|ext| ext == "json")
                && let Ok(upload) = serde_json::from_slice::<Upload>(&tokio::fs::read(file.path()).await?)
            {
                all.insert(upload.id, upload);
            }
        }
        Ok(Self { dir, all: Arc::new(Mutex::new(all)) })
    }

    /// Where the PDF of an upload is (or is to be written).
    pub fn pdf(&self, id: CommandId) -> PathBuf {
        pdf(&self.dir, id)
    }

    pub async fn put(&self, upload: Upload) -> anyhow::Result<()> {
        let path = self.dir.join(format!("{}.json", upload.id));
        let part = path.with_extension("part");
        tokio::fs::write(&part, serde_json::to_vec(&upload)?).await?;
        tokio::fs::rename(&part, &path).await?;
        self.lock().insert(upload.id, upload);
        Ok(())
    }

    /// Sets the state; true when that changed something.
    pub async fn set(&self, id: CommandId, state: State) -> anyhow::Result<bool> {
        let changed = self.lock().get(&id).filter(|upload| upload.state != state && !upload.state.is_final()).cloned();
        match changed {
            Some(upload) => self.put(Upload { state, ..upload }).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Newest first, at most 50.
    pub fn of(&self, tenant: TenantId) -> Vec<Upload> {
        let mut list: Vec<Upload> = self.lock().values().filter(|upload| upload.tenant == tenant).cloned().collect();
        list.sort_by_key(|upload| std::cmp::Reverse(upload.at_ms));
        list.truncate(50);
        list
    }

    /// Those whose end is still open.
    pub fn open_ones(&self) -> Vec<CommandId> {
        self.lock().values().filter(|upload| !upload.state.is_final()).map(|upload| upload.id).collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<CommandId, Upload>> {
        self.all.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The PDF of an upload in a directory of uploads.
pub fn pdf(dir: &Path, id: CommandId) -> PathBuf {
    dir.join(format!("{id}.pdf"))
}
