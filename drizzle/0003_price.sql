CREATE TABLE "price" (
	"version" text PRIMARY KEY NOT NULL,
	"rates" jsonb NOT NULL,
	"tiers" jsonb NOT NULL,
	"first_seen" timestamp with time zone DEFAULT now() NOT NULL
);
