ALTER TABLE "audit_batch" ADD COLUMN "tenant_id" uuid DEFAULT '00000000-0000-0000-0000-000000000000' NOT NULL;--> statement-breakpoint
ALTER TABLE "audit_batch" DROP CONSTRAINT "audit_batch_pkey";--> statement-breakpoint
ALTER TABLE "audit_batch" ADD CONSTRAINT "audit_batch_pk" PRIMARY KEY("tenant_id","id");
