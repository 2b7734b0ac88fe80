#!/bin/sh
# Run once, by the image, when the data folder is new: a role and a database for each service, which no other role can
# connect to. A Swarm delivers this file as not executable: the image then sources it, under its own `set -e`.
set -e

create_database() {
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    --set service="$1" --set password="$2" <<'END'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
END
}

create_database reservation "${RESERVATION_POSTGRES_PASSWORD:-$POSTGRES_PASSWORD}"
create_database payment "${PAYMENT_POSTGRES_PASSWORD:-$POSTGRES_PASSWORD}"
create_database appointment "${APPOINTMENT_POSTGRES_PASSWORD:-$POSTGRES_PASSWORD}"

# The services may know the password, so it must not be the superuser's as well: that one is for this container only.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set user="$POSTGRES_USER" <<'END'
ALTER ROLE :"user" PASSWORD NULL;
REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;
END
