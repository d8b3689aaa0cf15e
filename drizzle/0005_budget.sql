CREATE TABLE "budget_gate" (
	"tenant_id" uuid PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "budget_lease" (
	"tenant_id" uuid NOT NULL,
	"scope_id" uuid NOT NULL,
	"period" text NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"id" uuid NOT NULL,
	"holder" uuid NOT NULL,
	"amount_pico_usd" numeric(38, 0) NOT NULL,
	"used_pico_usd" numeric(38, 0) DEFAULT 0 NOT NULL,
	"turn" bigint NOT NULL,
	"granted_pico_usd" numeric(38, 0) NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"debited_pico_usd" numeric(38, 0),
	"debited_at" timestamp with time zone,
	CONSTRAINT "budget_lease_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "budget_lease_not_negative" CHECK ("budget_lease"."amount_pico_usd" >= 0 AND "budget_lease"."used_pico_usd" >= 0)
);
--> statement-breakpoint
CREATE TABLE "budget_purse" (
	"tenant_id" uuid NOT NULL,
	"scope_id" uuid NOT NULL,
	"period" text NOT NULL,
	"starts_at" timestamp with time zone NOT NULL,
	"ends_at" timestamp with time zone NOT NULL,
	"spent_pico_usd" numeric(38, 0) DEFAULT 0 NOT NULL,
	"leased_pico_usd" numeric(38, 0) DEFAULT 0 NOT NULL,
	"recalled_at" timestamp with time zone DEFAULT '-infinity' NOT NULL,
	CONSTRAINT "budget_purse_pk" PRIMARY KEY("tenant_id","scope_id","period","starts_at"),
	CONSTRAINT "budget_purse_not_negative" CHECK ("budget_purse"."spent_pico_usd" >= 0 AND "budget_purse"."leased_pico_usd" >= 0)
);
--> statement-breakpoint
ALTER TABLE "key" ADD COLUMN "budget" jsonb;--> statement-breakpoint
ALTER TABLE "tenant" ADD COLUMN "budget" jsonb;--> statement-breakpoint
CREATE INDEX "budget_lease_purse" ON "budget_lease" USING btree ("tenant_id","scope_id","period","starts_at");--> statement-breakpoint
CREATE INDEX "budget_lease_holder" ON "budget_lease" USING btree ("holder");