//! The customers of the demo product, and the one person of each who uses it.

use bus::{Bus, TenantId};
use serde::Serialize;
use uuid::Uuid;

#[derive(Clone, Copy, Serialize)]
pub struct Tenant {
    #[serde(skip)]
    pub id: u128,
    pub slug: &'static str,
    pub name: &'static str,
    pub user: &'static str,
    /// Public key with which the tenant's pages report errors.
    pub key: &'static str,
}

pub const TENANTS: [Tenant; 4] = [
    Tenant {
        id: 0x0193_0000_0000_7000_8000_0000_0000_0001,
        slug: "northwind",
        name: "Northwind Hospitals",
        user: "facilities@northwind.example",
        key: "northwindpages01",
    },
    Tenant {
        id: 0x0193_0000_0000_7000_8000_0000_0000_0002,
        slug: "contoso",
        name: "Contoso Estates",
        user: "planning@contoso.example",
        key: "contosopages0001",
    },
    Tenant {
        id: 0x0193_0000_0000_7000_8000_0000_0000_0003,
        slug: "fabrikam",
        name: "Fabrikam Campus",
        user: "campus@fabrikam.example",
        key: "fabrikampages001",
    },
    Tenant {
        id: 0x0193_0000_0000_7000_8000_0000_0000_0004,
        slug: "alpine",
        name: "Alpine Clinics",
        user: "technik@alpine.example",
        key: "alpineclinics001",
    },
];

impl Tenant {
    pub fn id(&self) -> TenantId {
        TenantId(Uuid::from_u128(self.id))
    }
}

pub fn by_slug(slug: &str) -> Option<&'static Tenant> {
    TENANTS.iter().find(|tenant| tenant.slug == slug)
}

/// Makes tenants, domains and ingest keys known; may be repeated.
pub async fn register(bus: &Bus, own_url: &str) -> Result<(), bus::BusError> {
    for tenant in &TENANTS {
        bus.register_tenant(tenant.id(), tenant.slug, tenant.name).await?;
        bus.register_ingest_key(tenant.id(), tenant.key, "customer app", &[own_url.to_owned(), own_url.replace("127.0.0.1", "localhost")])
            .await?;
    }
    for domain in ["plans", "tickets"] {
        bus.ensure_domain(domain).await?;
        bus.ensure_queue(&format!("{domain}__replies")).await?;
    }
    Ok(())
}
