#!/bin/sh
# Run once, by the image, when the data folder is new: a role and a database for each service, which no other role can
# connect to. A Swarm hands this file out as not executable: the image then sources it, under its own `set -e`.
set -e

for service in reservation payment appointment; do
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    --set service="$service" --set password="$POSTGRES_PASSWORD" <<'END'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
END
done

# The services know the password, so it must not open the superuser's door as well: that one is for this container alone.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set user="$POSTGRES_USER" <<'END'
ALTER ROLE :"user" PASSWORD NULL;
END
